import { library } from '../../tsup.shared.ts';

export default library({
  index: 'src/index.ts',
  node: 'src/node/index.ts',
  postgres: 'src/postgres/index.ts',
  'pg-boss': 'src/pg-boss/index.ts',
  testing: 'src/testing/index.ts',
});
