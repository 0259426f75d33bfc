/** JSON with sorted keys and no white space: equal values give equal text. Absent fields and `undefined` are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') return objectJson(value as Readonly<Record<string, unknown>>);
  return JSON.stringify(value);
}

/** Needs no escape. */
const PLAIN = /^\w*$/;

function objectJson(fields: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field === undefined) continue;
    const name = PLAIN.test(key) ? `"${key}"` : JSON.stringify(key);
    text += `${text && ','}${name}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}
