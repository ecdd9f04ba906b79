import { SMS_PRO_ENTITIES, SMS_PRO_MIGRATIONS } from 'nestjs-sms-pro';
import { DataSource } from 'typeorm';

/**
 * The tables of the SMS module for the TypeORM command line, on the file that SMS_PRO_DATABASE names:
 *
 *     npm run typeorm -- migration:show
 *     SMS_PRO_DATABASE=data/demo.sqlite npm run typeorm -- query "SELECT * FROM sms_pro_recipient"
 *
 * The command line reads compiled files, so `npm run typeorm` compiles this one to `dist/ormconfig.js` first. Stop
 * the service first: only one process may use a SQLite file. The service runs the migrations itself when it starts.
 */
export default new DataSource({
  type: 'better-sqlite3',
  database: process.env['SMS_PRO_DATABASE'] || 'data/notifications.sqlite',
  entities: SMS_PRO_ENTITIES,
  migrations: SMS_PRO_MIGRATIONS,
  // The module records its migrations in a table of its own, apart from those of the application.
  migrationsTableName: 'sms_pro_migration',
});
