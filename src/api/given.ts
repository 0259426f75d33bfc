/** An input without the fields that are null: leaving a field out and giving null for it mean the same. */
export type Given<Input> = { [Field in keyof Input]: Exclude<Input[Field], null | undefined> };

export function given<Input extends object>(input: Input): Given<Input> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value != null)) as Given<Input>;
}
