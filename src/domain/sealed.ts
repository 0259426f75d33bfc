/**
 * Ciphertext of what somebody wrote freely, bound to stream, event id, type and field, base64url: under the key of the
 * person it is about (rules E3, E4), in facts of a policy under that of the organisation (rule I2).
 */
export type Sealed = string;
