import uuid

import django.db.models.deletion
import vitrines.secrets
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0019_groups_correct_orders'),
        ('vitrines', '0007_corrected_facts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AlarmSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lane_paused', models.BooleanField(default=False, verbose_name='envio pausado')),
                ('auth_refused', models.BooleanField(default=False, verbose_name='credencial recusada')),
                ('breaker_open_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='loja fora do ar (minutos)')),
                ('held_or_failed_above', models.PositiveIntegerField(blank=True, null=True, verbose_name='retidas ou com falha acima de')),
                ('silent_hours', models.PositiveIntegerField(blank=True, null=True, verbose_name='nada enviado (horas)')),
                ('late_orders', models.BooleanField(default=False, verbose_name='pedidos fora do prazo')),
                ('recipients', models.JSONField(blank=True, default=list, verbose_name='destinatários')),
                ('webhook_url', models.CharField(blank=True, max_length=500, verbose_name='endereço do webhook')),
                ('secrets', vitrines.secrets.EncryptedJSONField(blank=True, default=dict, verbose_name='segredos')),
                ('quiet_from', models.TimeField(blank=True, null=True, verbose_name='silêncio das')),
                ('quiet_until', models.TimeField(blank=True, null=True, verbose_name='silêncio até')),
                ('critical_breaks_quiet', models.BooleanField(default=False, verbose_name='críticos também no silêncio')),
                ('repeat_hours', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='repetir a cada (horas)')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='versão')),
                ('evaluation', models.PositiveBigIntegerField(default=0, verbose_name='avaliação')),
                ('vitrine', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='alarm_settings', to='vitrines.vitrine', verbose_name='vitrine')),
            ],
            options={
                'verbose_name': 'configuração de alarmes',
                'verbose_name_plural': 'configurações de alarmes',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_until', None)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='alarm_quiet_has_both_ends'), models.CheckConstraint(condition=models.Q(('quiet_from', None), models.Q(('quiet_from', models.F('quiet_until')), _negated=True), _connector='OR'), name='alarm_quiet_is_some_time'), models.CheckConstraint(condition=models.Q(('repeat_hours', None), ('repeat_hours__gte', 1), _connector='OR'), name='alarm_repeats_after_some_time')],
            },
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('lane_paused', 'Envio pausado'), ('auth_refused', 'Credencial recusada'), ('breaker_open', 'Loja fora do ar'), ('held_or_failed', 'Retidas ou com falha'), ('silent', 'Nada enviado'), ('late_orders', 'Pedidos fora do prazo')], max_length=20, verbose_name='tipo')),
                ('opened_at', models.DateTimeField(verbose_name='aberto em')),
                ('seen_at', models.DateTimeField(verbose_name='visto em')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='encerrado em')),
                ('since', models.DateTimeField(verbose_name='desde')),
                ('number', models.PositiveIntegerField(default=0, verbose_name='quantidade')),
                ('said', models.CharField(max_length=500, verbose_name='o que diz')),
                ('told_at', models.DateTimeField(verbose_name='avisado em')),
                ('repeats', models.PositiveIntegerField(default=0, verbose_name='repetições')),
                ('vitrine', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alarms', to='vitrines.vitrine', verbose_name='vitrine')),
            ],
            options={
                'verbose_name': 'alarme',
                'verbose_name_plural': 'alarmes',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['closed_at', 'id'], name='alarm_closed')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('vitrine', 'kind'), name='alarm_one_open_per_kind')],
            },
        ),
        migrations.CreateModel(
            name='AlarmNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('webhook', 'Webhook')], max_length=10, verbose_name='canal')),
                ('occasion', models.CharField(choices=[('opened', 'Aberto'), ('repeated', 'Continua'), ('closed', 'Encerrado'), ('test', 'Teste')], max_length=10, verbose_name='ocasião')),
                ('repeat', models.PositiveIntegerField(default=0, verbose_name='repetição')),
                ('test_key', models.UUIDField(blank=True, null=True, verbose_name='chave do teste')),
                ('created_at', models.DateTimeField(verbose_name='criado em')),
                ('since', models.DateTimeField(verbose_name='desde')),
                ('number', models.PositiveIntegerField(default=0, verbose_name='quantidade')),
                ('said', models.CharField(max_length=500, verbose_name='o que diz')),
                ('state', models.CharField(choices=[('pending', 'Na fila'), ('sent', 'Enviado'), ('failed', 'Não entregue')], default='pending', max_length=10, verbose_name='estado')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='a partir de')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='tentativas')),
                ('error', models.CharField(blank=True, max_length=500, verbose_name='erro')),
                ('sent_to', models.CharField(blank=True, max_length=500, verbose_name='para')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='concluído em')),
                ('claims', models.PositiveIntegerField(default=0, verbose_name='posses')),
                ('claimed_until', models.DateTimeField(blank=True, null=True, verbose_name='em envio até')),
                ('alarm', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='integrations.alarm', verbose_name='alarme')),
                ('test_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='testado por')),
                ('vitrine', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='alarm_notices', to='vitrines.vitrine', verbose_name='vitrine')),
            ],
            options={
                'verbose_name': 'aviso de alarme',
                'verbose_name_plural': 'avisos de alarmes',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['due_at', 'id'], name='notice_due'), models.Index(fields=['vitrine', '-id'], name='notice_of_vitrine'), models.Index(condition=models.Q(('alarm', None)), fields=['created_at', 'id'], name='notice_of_test')],
                'constraints': [models.UniqueConstraint(fields=('alarm', 'channel', 'occasion', 'repeat'), name='notice_once'), models.UniqueConstraint(condition=models.Q(('test_key__isnull', False)), fields=('test_key', 'channel'), name='notice_test_once'), models.CheckConstraint(condition=models.Q(models.Q(('alarm', None), ('occasion', 'test'), ('test_key__isnull', False)), models.Q(models.Q(('occasion', 'test'), _negated=True), ('alarm__isnull', False), ('test_key', None)), _connector='OR'), name='notice_of_an_alarm_or_a_test'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'pending'), _negated=True), ('due_at__isnull', False), _connector='OR'), name='notice_pending_has_due_time'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='notice_failed_says_why')],
            },
        ),
        migrations.CreateModel(
            name='StatusDeadline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.PositiveSmallIntegerField(choices=[(0, 'Aguardando pagamento'), (1, 'Pagamento Confirmado'), (2, 'Em preparação'), (3, 'Despachado'), (7, 'Embarcado'), (4, 'Entregue'), (5, 'Cancelado'), (6, 'Problemas')], verbose_name='status')),
                ('minutes', models.PositiveIntegerField(verbose_name='prazo (minutos)')),
                ('vitrine', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='status_deadlines', to='vitrines.vitrine', verbose_name='vitrine')),
            ],
            options={
                'verbose_name': 'prazo de status',
                'verbose_name_plural': 'prazos de status',
                'ordering': ['vitrine', 'status'],
                'constraints': [models.UniqueConstraint(fields=('vitrine', 'status'), name='deadline_per_status'), models.CheckConstraint(condition=models.Q(('minutes__gte', 1)), name='deadline_is_some_time')],
            },
        ),
    ]
