import { z } from 'zod';

/**
 * Credits on the wire between services: a decimal string, because JSON numbers are not integers. In code they are
 * `bigint`; a public body shows them as a number, which stays exact up to 9·10^15 (the CHECK of every amount column).
 */
export const credits = z.string().regex(/^\d{1,16}$/);

export const signedCredits = z.string().regex(/^-?\d{1,16}$/);
