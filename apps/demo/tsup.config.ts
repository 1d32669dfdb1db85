import { app } from '../../tsup.shared.ts';

export default app({ cli: 'src/cli.ts' });
