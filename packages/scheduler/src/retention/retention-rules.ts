import {
  complianceLevel,
  retentionDaysOf,
  retentionPolicy,
  type ComplianceLevel,
  type RetentionPolicy,
  type RetentionPolicyInput,
} from '@llm-memory-graph/contracts';
import { SchedulerError } from '../scheduler-error.ts';

/** A policy, whole or as what it changes of another. */
export interface PolicyDefinition extends Partial<Omit<RetentionPolicyInput, 'policyId' | 'createdAt'>> {
  readonly policyId: string;
  /** Policy that gives what is not written here. @default the preset of `complianceLevel` */
  readonly extends?: string;
}

/** What is known of an archive without opening it. */
export interface ArchiveFacts {
  readonly tags: readonly string[];
  /** What the scheduler's `metadataKeys` let the vault see; `model_id` and `compliance_level` are looked at by name. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Which archives a rule is for; all that is given must hold. */
export interface RuleConditions {
  /** At least one of them. */
  readonly tags?: readonly string[];
  /** The `model_id` is one of them; a `*` at the end stands for any rest. */
  readonly models?: readonly string[];
  /** The `compliance_level` is one of them. */
  readonly complianceLevels?: readonly ComplianceLevel[];
  /** Members with exactly this value. */
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
}

/** Puts archives under a policy. */
export interface RetentionRule {
  /** @default every archive */
  readonly when?: RuleConditions;
  readonly policyId: string;
}

/** Policies and the rules that choose them. */
export interface RetentionRulesInput {
  readonly policies: readonly PolicyDefinition[];
  /** Every rule that fits counts. */
  readonly rules: readonly RetentionRule[];
  /** Policy of archives that no rule fits. @default none */
  readonly otherwise?: string;
}

/** What the rules say of an archive. */
export interface RetentionDecision {
  /** All that fit, in the order of the rules. */
  readonly policyIds: readonly string[];
  /** The one with the longest retention: it decides. Undefined when none fits. */
  readonly decidedBy: string | undefined;
  readonly retentionDays: number | undefined;
  /** Policies whose stated maximum is exceeded by the one that decides. */
  readonly exceededMaximums: readonly string[];
}

function invalid(message: string): SchedulerError {
  return new SchedulerError('invalid_config', message);
}

function resolved(definitions: readonly PolicyDefinition[], createdAt: Date): Map<string, RetentionPolicy> {
  const byId = new Map(definitions.map((definition) => [definition.policyId, definition]));
  if (byId.size !== definitions.length) throw invalid('`policies` must have an id each');
  const policies = new Map<string, RetentionPolicy>();

  const inherited = (id: string, below: readonly string[]): Partial<PolicyDefinition> => {
    const definition = byId.get(id);
    if (!definition) throw invalid(`\`policies\`: "${below.at(-1) ?? ''}" extends "${id}", which is not there`);
    if (below.includes(id)) throw invalid(`\`policies\`: "${id}" extends itself`);
    const { extends: parent, ...own } = definition;
    const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    return { ...(parent === undefined ? {} : inherited(parent, [...below, id])), ...given };
  };

  for (const { policyId } of definitions) {
    const { policyId: _, extends: _extends, ...all } = inherited(policyId, []);
    const level = all.complianceLevel ?? 'standard';
    if (!complianceLevel.safeParse(level).success)
      throw invalid(
        `\`policies\`: complianceLevel of "${policyId}" must be one of ${complianceLevel.options.join(', ')}`,
      );
    const { name = policyId, retentionDays = retentionDaysOf[level], tags = [level], ...others } = all;
    try {
      const policy = { ...others, policyId, name, retentionDays, complianceLevel: level, tags, createdAt };
      policies.set(policyId, retentionPolicy.parse(policy));
    } catch (error) {
      throw new SchedulerError('invalid_config', `\`policies\`: "${policyId}": ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return policies;
}

function isModel(pattern: string, model: unknown): boolean {
  if (typeof model !== 'string') return false;
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
}

function fits({ tags, models, complianceLevels, metadata }: RuleConditions, facts: ArchiveFacts): boolean {
  const { model_id: model, compliance_level: level } = facts.metadata;
  return (
    (tags === undefined || tags.some((tag) => facts.tags.includes(tag))) &&
    (models === undefined || models.some((pattern) => isModel(pattern, model))) &&
    (complianceLevels === undefined || complianceLevels.some((wanted) => wanted === level)) &&
    Object.entries(metadata ?? {}).every(
      ([key, value]) => Object.hasOwn(facts.metadata, key) && facts.metadata[key] === value,
    )
  );
}

/**
 * Which policies archives come under, by their tags, model, compliance level and metadata.
 *
 * @example
 * const rules = new RetentionRules({
 *   policies: [
 *     { policyId: 'standard', autoDelete: true },
 *     { policyId: 'patients', extends: 'standard', complianceLevel: 'hipaa', retentionDays: 3650 },
 *   ],
 *   rules: [{ when: { tags: ['clinic'] }, policyId: 'patients' }],
 *   otherwise: 'standard',
 * });
 */
export class RetentionRules {
  readonly #policies: ReadonlyMap<string, RetentionPolicy>;
  readonly #rules: readonly RetentionRule[];
  readonly #otherwise: string | undefined;

  /**
   * @param createdAt the making of the policies, as the vault is told @default now
   * @throws {SchedulerError} `invalid_config`, naming the policy or rule
   */
  constructor({ policies, rules, otherwise }: RetentionRulesInput, createdAt = new Date()) {
    this.#policies = resolved(policies, createdAt);
    this.#rules = rules;
    this.#otherwise = otherwise;
    const used = [...rules.map(({ policyId }) => policyId), ...(otherwise === undefined ? [] : [otherwise])];
    for (const id of used)
      if (!this.#policies.has(id)) throw invalid(`\`rules\`: the policy "${id}" is not among the policies`);
  }

  /** With everything that they inherit. */
  get policies(): readonly RetentionPolicy[] {
    return [...this.#policies.values()];
  }

  /** What holds for an archive. Of several policies the longest retention wins. */
  decide(facts: ArchiveFacts): RetentionDecision {
    const fitting = this.#rules.filter(({ when = {} }) => fits(when, facts)).map(({ policyId }) => policyId);
    const chosen = fitting.length === 0 && this.#otherwise !== undefined ? [this.#otherwise] : fitting;
    const policyIds = [...new Set(chosen)];
    const policies = policyIds.flatMap((id) => this.#policies.get(id) ?? []);
    const longest = policies.reduce<RetentionPolicy | undefined>(
      (best, policy) => (best && best.retentionDays >= policy.retentionDays ? best : policy),
      undefined,
    );
    const retentionDays = longest?.retentionDays;
    return {
      policyIds,
      decidedBy: longest?.policyId,
      retentionDays,
      exceededMaximums: policies
        .filter(({ maxRetentionDays }) => maxRetentionDays !== undefined && maxRetentionDays < (retentionDays ?? 0))
        .map(({ policyId }) => policyId),
    };
  }
}
