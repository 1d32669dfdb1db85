import { library } from '../../tsup.shared.ts';

export default library({
  index: 'src/index.ts',
  node: 'src/node.ts',
  audit: 'src/audit.ts',
  'scale-out': 'src/scale-out/index.ts',
});
