/** The answer was no answer; `code` says why, and is what to branch on. */
export class SamtykkeError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** What was asked for is understood, and refused by a rule: whoever asked can mend it. */
export class Refused extends SamtykkeError {}

const TIMEOUT_MS = 5_000;

/** Asks Samtykke with a token. Returns `data`. @throws SamtykkeError */
export function createAsk(samtykkeUrl) {
  return async (query, variables, token) => {
    const response = await fetch(`${samtykkeUrl}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error) => {
      throw new SamtykkeError('UNREACHABLE', `Samtykke does not answer: ${error.message}`);
    });
    const { data, errors } = await response
      .json()
      .catch(() => ({ errors: [{ message: `Status ${response.status}` }] }));
    if (errors) throw new SamtykkeError(errors[0].extensions?.code ?? 'UNREACHABLE', errors[0].message);
    return data;
  };
}

/** The payload of a mutation. @throws Refused with the code of its first refusal */
export function accepted({ userErrors, ...payload }) {
  if (userErrors.length > 0) throw new Refused(userErrors[0].code, userErrors[0].message);
  return payload;
}
