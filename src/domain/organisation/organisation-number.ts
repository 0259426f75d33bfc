const WEIGHTS = [3, 2, 7, 6, 5, 4, 3, 2] as const;

/**
 * True for a Norwegian organisation number: nine digits, of which the last is the modulus-11 check digit of the
 * others with the weights 3 2 7 6 5 4 3 2 (Brønnøysundregistrene). A remainder that would need the digit ten has no
 * valid number.
 */
export function isOrganisationNumber(text: string): boolean {
  if (!/^\d{9}$/.test(text)) return false;
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(text[index]), 0);
  const checkDigit = (11 - (sum % 11)) % 11;
  return checkDigit === Number(text[8]);
}
