import { MAX_TEXT_BYTES } from '../limits';
import type { TemplateVariable } from '../policy/policy.events';
import { Refusal } from '../refusal';

const VARIABLE = /\{\{\s*([A-Za-z][A-Za-z0-9_]{0,49})\s*\}\}/g;

/** Names of the variables that a text asks for, written {{name}}, in the order of their first use. */
export function templateVariables(text: string): readonly string[] {
  return [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1] ?? ''))];
}

/**
 * The text with every variable replaced by its value; one without a value stays as it is written.
 * @throws Refusal TEXT_TOO_LARGE as soon as it is longer than any text may be
 */
export function fillTemplate(text: string, variables: readonly TemplateVariable[]): string {
  const values = new Map(variables.map(({ name, value }) => [name, value]));
  let length = text.length;
  return text.replace(VARIABLE, (written, name: string) => {
    const value = values.get(name) ?? written;
    length += value.length - written.length;
    if (length > MAX_TEXT_BYTES) {
      throw new Refusal('TEXT_TOO_LARGE', 'Filled in, the template is longer than a text may be.', 'X2', {
        path: ['variables'],
      });
    }
    return value;
  });
}
