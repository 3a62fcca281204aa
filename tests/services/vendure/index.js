// The shop and its admin API, until a signal ends it.
const { config } = require('./config');
const { bootstrap } = require('@vendure/core');

bootstrap(config).catch((error) => {
  console.error(error);
  process.exit(1);
});

// It ends with whoever started it, even when that one was killed and could end nothing.
process.stdin.on('end', () => process.exit(0)).resume();
