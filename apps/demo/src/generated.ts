import type { Conversation } from './input/conversation.ts';
import type { FoundConversation } from './input/input-file.ts';

const dayMs = 86_400_000;

/** Which sessions are made. */
export interface GeneratedSet {
  /** Their files are called so, and numbered. */
  readonly name: string;
  readonly count: number;
  readonly seed: number;
  /** Ms since the epoch; one session a day from then on. */
  readonly firstDay: number;
  readonly tags: readonly string[];
}

/** The sessions of a run without input. */
const builtIn: GeneratedSet = {
  name: 'generated',
  count: 24,
  seed: 20_260_105,
  firstDay: Date.UTC(2026, 0, 5, 9),
  tags: ['generated', 'weather'],
};

const cities = ['Lisbon', 'Kyoto', 'Nairobi', 'Montréal', 'São Paulo', 'Tromsø'];
const questions = [
  'Will I need an umbrella in',
  'How warm is it in',
  'Is it a good day for a walk in',
  'How windy is it in',
];
const skies = ['clear', 'cloudy', 'light rain', 'snow', 'fog ☁️'];

/** A small seeded generator (mulberry32), so that every run makes the same sessions. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function turn(random: () => number, callId: string): Conversation['messages'] {
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
  const city = pick(cities);
  const weather = {
    city,
    celsius: Math.round(random() * 400 - 100) / 10,
    sky: pick(skies),
    wind_kmh: Math.floor(random() * 60),
  };
  const words = 20 + Math.floor(random() * 60);
  const usage = { prompt_tokens: 180 + Math.floor(random() * 400), completion_tokens: words };
  return [
    { role: 'user', content: `${pick(questions)} ${city}?` },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: callId, type: 'function', function: { name: 'get_weather', arguments: JSON.stringify({ city }) } },
      ],
      usage: { prompt_tokens: usage.prompt_tokens - 60, completion_tokens: 18 },
    },
    { role: 'tool', tool_call_id: callId, content: JSON.stringify(weather) },
    {
      role: 'assistant',
      content: `It is ${String(weather.celsius)} °C with ${weather.sky} in ${city}, wind ${String(weather.wind_kmh)} km/h.`,
      usage,
    },
  ];
}

/** Sessions of a weather assistant with tool calls, the same in every run. */
export function generatedConversations(set = builtIn): FoundConversation[] {
  const random = seeded(set.seed);
  return Array.from({ length: set.count }, (_, i) => {
    const turns = 1 + Math.floor(random() * 5);
    const calls = Array.from({ length: turns }, (_, t) => turn(random, `call_${String(i)}_${String(t)}`));
    const system = {
      role: 'system' as const,
      content: 'You answer questions about the weather. Use the tool; never guess.',
    };
    const at = new Date(set.firstDay + i * dayMs);
    return {
      file: `${set.name}-${String(i + 1).padStart(2, '0')}`,
      messages: [system, ...calls.flat()],
      model: i % 3 === 0 ? 'gpt-4' : 'gpt-4o-mini',
      createdAt: at,
      writtenAt: at,
      metadata: { source: 'generated' },
      tags: set.tags,
    };
  });
}
