import type { TemplateVariable } from '../policy/policy.events';

const VARIABLE = /\{\{\s*([A-Za-z][A-Za-z0-9_]{0,49})\s*\}\}/g;

/** Names of the variables that a text asks for, written {{name}}, in the order of their first use. */
export function templateVariables(text: string): readonly string[] {
  return [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1] ?? ''))];
}

/** The text with every variable replaced by its value; one without a value stays as it is written. */
export function fillTemplate(text: string, variables: readonly TemplateVariable[]): string {
  const values = new Map(variables.map(({ name, value }) => [name, value]));
  return text.replace(VARIABLE, (written, name: string) => values.get(name) ?? written);
}
