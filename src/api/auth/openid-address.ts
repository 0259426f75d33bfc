/**
 * Reads an address of an OpenID Connect provider: https, or http on this very machine, where nobody is in between.
 * Undefined for every other, and for one with a user name, a query or a fragment (OpenID Connect Discovery 1.0, 2).
 */
export function readOpenIdAddress(text: string): URL | undefined {
  if (text.length > MAX_ADDRESS_LENGTH || /[?#\s]/.test(text) || !URL.canParse(text)) return undefined;
  const address = new URL(text);
  if (address.username !== '' || address.password !== '') return undefined;
  return isSafe(address) ? address : undefined;
}

/** Whether what comes from there can be trusted to come from there. */
export function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

const MAX_ADDRESS_LENGTH = 1_000;
/** As a URL writes them: whatever forms of numbers were given, there are four of them. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
