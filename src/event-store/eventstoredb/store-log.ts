/** Where the adapter says what an operator should know. No personal data, no connection string, no event content. */
export type StoreLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  details: Readonly<Record<string, string | number | boolean>>,
) => void;
