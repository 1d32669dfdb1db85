import { app } from '../../tsup.shared.ts';

export default app({ index: 'src/index.ts', cli: 'src/cli.ts' });
