import * as z from 'zod/mini';
import { days, resourceId, tags } from '../fields.ts';
import { contract } from '../wire/contract.ts';
import { lockMode } from './lock.ts';

export const complianceLevel = z.enum(['standard', 'hipaa', 'gdpr', 'pci', 'soc2']);
export type ComplianceLevel = z.output<typeof complianceLevel>;

/** Retention presets in days. They are maxima a controller may choose, not legal duties; see `docs/retention.md`. */
export const retentionDaysOf: Readonly<Record<ComplianceLevel, number>> = {
  standard: 365,
  hipaa: 2555,
  gdpr: 2555,
  pci: 1095,
  soc2: 2555,
};

/** How long archives are kept and what happens then. Idempotent by `policyId`. */
export const retentionPolicy = contract(
  'RetentionPolicy',
  z.object({
    policyId: resourceId,
    name: z.string().check(z.minLength(1), z.maxLength(256)),
    retentionDays: days,
    /** Whether a retention sweep may delete expired archives. */
    autoDelete: z._default(z.boolean(), false),
    complianceLevel: z._default(complianceLevel, 'standard'),
    /** Locks each archive that comes under the policy until it expires; not with the level `gdpr`. */
    lock: z.optional(lockMode),
    /** Most days that the policy's maker wants archives kept; what keeps one longer is reported, and wins. */
    maxRetentionDays: z.optional(days),
    description: z._default(z.nullable(z.string()), null),
    createdAt: z._default(z.date(), () => new Date()),
    tags,
  }),
);
export type RetentionPolicy = ReturnType<typeof retentionPolicy.parse>;
export type RetentionPolicyInput = Parameters<typeof retentionPolicy.parse>[0];

/** Every policy of a tenant, by id. */
export const policyList = contract('PolicyList', z.object({ policies: z.array(retentionPolicy.schema) }));
export type PolicyList = ReturnType<typeof policyList.parse>;

/** Answer to the creation of a policy. */
export const policyCreated = contract('PolicyCreated', z.object({ policyId: z.string() }));
export type PolicyCreated = ReturnType<typeof policyCreated.parse>;

export const policyApplication = contract('PolicyApplication', z.object({ policyId: resourceId }));
export type PolicyApplication = ReturnType<typeof policyApplication.parse>;
