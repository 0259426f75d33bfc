#!/usr/bin/env node
// Fjordlys, a product that asks Samtykke what its users must be told and what they agreed to.
import { startProduct } from './backend/product.mjs';
import { readSettings } from './backend/settings.mjs';

try {
  const product = await startProduct(readSettings(process.argv.slice(2), process.env));
  console.log(`Fjordlys is at ${product.url}`);
  console.log('Log in as anna, as bjorn, or as anybody else. Stop with Ctrl+C.');
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => product.close());
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
