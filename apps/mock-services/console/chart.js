import { element, shape } from './dom.js';
import { short, span, whole } from './format.js';

const width = 600;
const height = 160;

/** Stacked bars of prompt and completion tokens, oldest left. */
export function usageChart({ bins, bin_ms: binMs }) {
  const highest = Math.max(1, ...bins.map(({ prompt, completion }) => prompt + completion));
  const step = width / bins.length;
  const total = bins.reduce((sum, { prompt, completion }) => sum + prompt + completion, 0);
  const bars = bins.flatMap(({ prompt, completion }, i) => {
    if (prompt + completion === 0) return [];
    const ago = span((bins.length - 1 - i) * binMs);
    const label = shape('title', {}, `${ago} ago: ${whole(prompt)} prompt, ${whole(completion)} completion`);
    const scaled = (tokens) => (tokens / highest) * (height - 8);
    const at = { x: i * step + 1, width: step - 2 };
    return [
      shape(
        'g',
        {},
        label,
        shape('rect', { ...at, y: height - scaled(prompt), height: scaled(prompt), class: 'prompt' }),
        shape('rect', {
          ...at,
          y: height - scaled(prompt + completion),
          height: scaled(completion),
          class: 'completion',
        }),
      ),
    ];
  });
  const lines = [0, 0.5, 1].map((share) => {
    const y = height - share * (height - 8);
    return shape('line', { x1: 0, x2: width, y1: y, y2: y });
  });
  const svg = shape(
    'svg',
    {
      viewBox: `0 0 ${width} ${height + 1}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `Tokens in the last ${span(bins.length * binMs)}: ${whole(total)}, at most ${whole(total === 0 ? 0 : highest)} in ${span(binMs)}`,
    },
    ...lines,
    ...bars,
  );
  const labels = element(
    'div',
    { class: 'chart-labels', 'aria-hidden': 'true' },
    element('span', {}, `${span(bins.length * binMs)} ago`),
    element('span', {}, total === 0 ? 'no usage reported yet' : `top line: ${short(highest)} tokens in ${span(binMs)}`),
    element('span', {}, 'now'),
  );
  return [svg, labels];
}

/** One bar per model, of its share in the tokens of the largest. */
export function modelBars(models) {
  const most = Math.max(1, ...models.map((model) => model.total_tokens));
  return models.map((model) => {
    const part = (className, tokens) => {
      const bar = element('span', { class: className });
      bar.style.width = `${(tokens / most) * 100}%`;
      return bar;
    };
    return element(
      'div',
      { class: 'model' },
      element('span', { class: 'ellipsis', title: model.model_id }, model.model_id),
      element(
        'span',
        { class: 'track', 'aria-hidden': 'true' },
        part('prompt', model.prompt_tokens),
        part('completion', model.completion_tokens),
      ),
      element('span', { class: 'tabular' }, short(model.total_tokens)),
    );
  });
}
