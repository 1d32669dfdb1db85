import type { SessionRegistrationInput } from '@llm-memory-graph/contracts';

/**
 * Puts a registration together step by step; each step gives a new one.
 *
 * @example
 * await registry.registerSession(SessionRegistration.for('session-1', 'gpt-4').tag('support').metadata('team', 'a').build());
 */
export class SessionRegistration {
  readonly #input: SessionRegistrationInput;

  private constructor(input: SessionRegistrationInput) {
    this.#input = input;
  }

  static for(sessionId: string, modelId: string): SessionRegistration {
    return new SessionRegistration({ sessionId, modelId });
  }

  modelVersion(modelVersion: string): SessionRegistration {
    return new SessionRegistration({ ...this.#input, modelVersion });
  }

  startedAt(startedAt: Date): SessionRegistration {
    return new SessionRegistration({ ...this.#input, startedAt });
  }

  tag(...tags: readonly string[]): SessionRegistration {
    return new SessionRegistration({ ...this.#input, tags: [...(this.#input.tags ?? []), ...tags] });
  }

  metadata(key: string, value: unknown): SessionRegistration {
    return new SessionRegistration({ ...this.#input, metadata: { ...this.#input.metadata, [key]: value } });
  }

  build(): SessionRegistrationInput {
    return this.#input;
  }
}
