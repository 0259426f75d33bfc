/** The values of an enum, as `registerEnumType` takes them: each is its own name. */
export type EnumOf<Value extends string> = { readonly [value in Value]: value };

export function enumOf<Value extends string>(values: readonly Value[]): EnumOf<Value> {
  return Object.fromEntries(values.map((value) => [value, value])) as EnumOf<Value>;
}
