export function consolePage(): Response {
  return new Response('');
}
