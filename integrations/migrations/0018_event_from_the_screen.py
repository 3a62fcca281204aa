from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0017_any_number_of_tries'),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='source',
            field=models.CharField(choices=[('erp', 'ERP'), ('platform', 'plataforma'), ('mapping', 'DE-PARA'), ('screen', 'tela')], max_length=10, verbose_name='origem'),
        ),
    ]
