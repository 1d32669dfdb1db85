import * as z from 'zod/mini';
import { contract } from '../wire/contract.ts';

/** `governance` can be lifted by a caller with that right, `compliance` by nobody. Neither can be shortened. */
export const lockMode = z.enum(['governance', 'compliance']);
export type LockMode = z.output<typeof lockMode>;

/** Nothing deletes the archive before `until`. */
export const retentionLock = contract('RetentionLock', z.object({ mode: lockMode, until: z.date() }));
export type RetentionLock = ReturnType<typeof retentionLock.parse>;

/** A hold: nothing deletes the archive while it stands. */
export const legalHold = contract('LegalHold', z.object({ reason: z.string(), since: z.date() }));
export type LegalHold = ReturnType<typeof legalHold.parse>;

/** Body of `PUT …/legal-hold`; it may be left out. The reason stands in the audit log for good. */
export const legalHoldRequest = contract(
  'LegalHoldRequest',
  z.object({ reason: z._default(z.string().check(z.maxLength(1000)), '') }),
);
export type LegalHoldRequest = ReturnType<typeof legalHoldRequest.parse>;
