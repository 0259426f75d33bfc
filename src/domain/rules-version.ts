/**
 * Version of the rules by which states are computed. An answer at a fixed position is the same for ever as long as
 * this is the same (rules S6, T5).
 */
export const RULES_VERSION = '1';
