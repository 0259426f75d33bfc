/** An order cannot be carried out, and never will be: whoever ordered it is told the code. */
export class OrderFailed extends Error {
  override readonly name = 'OrderFailed';
  /** @param code upper-case words */
  constructor(readonly code: string) {
    super(`The order cannot be carried out (${code}).`);
  }
}
