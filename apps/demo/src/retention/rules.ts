import { RetentionRules } from '@llm-memory-graph/scheduler';
import { trialTag } from './trial.ts';

/** Days that the vault keeps the sessions of the trial. */
export const trialDays = 30;

/** Only what is of the trial may ever be deleted by a sweep; everything else is kept until somebody decides. */
export function demoRules(): RetentionRules {
  return new RetentionRules({
    policies: [
      { policyId: 'demo-sessions', retentionDays: 365, autoDelete: false },
      { policyId: trialTag, retentionDays: trialDays, autoDelete: true },
    ],
    rules: [{ when: { tags: [trialTag] }, policyId: trialTag }],
    otherwise: 'demo-sessions',
  });
}
