// Fills a new database with one country, one way to ship, two ways to pay and three variants.
const path = require('node:path');
const { config } = require('./config');
const { bootstrap, ProductVariantService, RequestContextService } = require('@vendure/core');
const { populate } = require('@vendure/core/cli');

const INITIAL_DATA = require('./initial-data.json');
const VARIANTS = 3;

async function main() {
  const app = await populate(
    () => bootstrap(config),
    INITIAL_DATA,
    path.join(__dirname, 'products.csv'),
  );
  // Vendure only logs what it could not import.
  const context = await app.get(RequestContextService).create({ apiType: 'admin' });
  const { totalItems } = await app.get(ProductVariantService).findAll(context);
  await app.close();
  if (totalItems !== VARIANTS) throw new Error(`${totalItems} variants, not ${VARIANTS}`);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
