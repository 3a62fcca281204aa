# A person may put right what the ERP told of an order; see backoffice/decisions/0023.

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.fields.json import KeyTransform


class Migration(migrations.Migration):

    dependencies = [
        ('vitrines', '0006_indexes_for_painel'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='order',
            options={'ordering': ['-id'], 'permissions': [('correct_order', "Can correct an order's facts")], 'verbose_name': 'pedido', 'verbose_name_plural': 'pedidos'},
        ),
        migrations.AddField(
            model_name='tracking',
            name='replaces',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='vitrines.tracking', verbose_name='no lugar de'),
        ),
        migrations.AddConstraint(
            model_name='tracking',
            constraint=models.UniqueConstraint(condition=models.Q(('replaces__isnull', False)), fields=('replaces',), name='tracking_replaced_once'),
        ),
        migrations.RemoveIndex(
            model_name='auditentry',
            name='audit_of_update',
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(KeyTransform('update', 'details'), condition=models.Q(('action__in', ['update.retry', 'update.cancel', 'update.decide'])), name='audit_of_update'),
        ),
    ]
