/** What a command or a question names does not exist, or not for whom it asks. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
  constructor(readonly what: 'organisation' | 'policy' | 'version' | 'template' | 'text' | 'subject') {
    super(`There is no such ${what}.`);
  }
}
