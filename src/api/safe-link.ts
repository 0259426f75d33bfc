/** A longer address is no link. Characters. */
const MAX_LINK_LENGTH = 2_000;
const ALLOWED = /^(?:https?:\/\/[^\s/?#]|mailto:[^\s@]+@)/iu;
/** White space, controls and invisible characters may hide where a link leads. */
const HIDING = /[\s\p{C}]/u;

/** The address when it leads to http, https or mailto. */
export function safeLink(address: string): string | undefined {
  return address.length <= MAX_LINK_LENGTH && ALLOWED.test(address) && !HIDING.test(address) ? address : undefined;
}
