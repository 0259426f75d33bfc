/** The file of the read models is cut short or spoilt. Nothing is lost: all that stands in it is in the log. */
export class ReadModelDamaged extends Error {
  override readonly name = 'ReadModelDamaged';
  readonly code = 'READ_MODEL_DAMAGED';
  constructor(file: string) {
    super(
      `The file of the read models, ${file}, is damaged. Run "samtykke rebuild", which makes it anew from the log.`,
    );
  }
}
