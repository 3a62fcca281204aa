// The shop's configuration. Where it listens and keeps its data comes from the environment:
// VENDURE_PORT and VENDURE_DATABASE (the file of its sql.js database).
const { webcrypto } = require('node:crypto');

// Debian 12's own Node (18) has no such global, and it is all that Vendure misses there.
globalThis.crypto ??= webcrypto;
// Vendure counts its users unless told not to; this one talks to nobody.
process.env.VENDURE_DISABLE_TELEMETRY = 'true';

const { dummyPaymentHandler, DefaultLogger, LogLevel } = require('@vendure/core');

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

exports.config = {
  apiOptions: { hostname: '127.0.0.1', port: Number(required('VENDURE_PORT')), cors: false },
  dbConnectionOptions: {
    type: 'sqljs',
    location: required('VENDURE_DATABASE'),
    autoSave: true,
    synchronize: true,
  },
  authOptions: {
    tokenMethod: ['bearer', 'api-key'],
    superadminCredentials: { identifier: 'admin', password: 'senha-de-teste' },
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  importExportOptions: { importAssetsDir: __dirname },
  schedulerOptions: { tasks: [] },
  logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: true }),
};
