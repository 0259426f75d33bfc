/** This node's tree has not come as far as the log. Trying again may help. */
export class LedgerBehind extends Error {
  override readonly name = 'LedgerBehind';
  readonly code = 'LEDGER_BEHIND';
  constructor() {
    super('The ledger of this node has not come as far as the log. Try again.');
  }
}
