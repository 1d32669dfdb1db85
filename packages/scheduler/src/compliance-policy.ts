import { retentionDaysOf, type ComplianceLevel, type RetentionPolicyInput } from '@llm-memory-graph/contracts';

/** What a preset policy may be given besides its level. */
export interface CompliancePolicyOptions {
  /** @default `<level>-<retentionDays>` */
  readonly policyId?: string;
  /** @default `<LEVEL> retention` */
  readonly name?: string;
  /** Days, 1 to 36500. @default the preset of the level */
  readonly retentionDays?: number;
  /** Whether a retention sweep may delete what has expired. @default false */
  readonly autoDelete?: boolean;
  /** @default null */
  readonly description?: string | null;
  /** @default [level] */
  readonly tags?: readonly string[];
}

/**
 * The preset of a compliance level. The days are maxima that a controller may choose, not legal duties: GDPR and SOC 2
 * name none, HIPAA six years for documentation, PCI DSS twelve months for audit logs.
 */
export function compliancePolicy(
  level: ComplianceLevel,
  createdAt: Date,
  options: CompliancePolicyOptions = {},
): RetentionPolicyInput {
  const { retentionDays = retentionDaysOf[level] } = options;
  return {
    policyId: options.policyId ?? `${level}-${retentionDays}`,
    name: options.name ?? `${level.toUpperCase()} retention`,
    retentionDays,
    autoDelete: options.autoDelete ?? false,
    complianceLevel: level,
    description: options.description ?? null,
    createdAt,
    tags: [...(options.tags ?? [level])],
  };
}
