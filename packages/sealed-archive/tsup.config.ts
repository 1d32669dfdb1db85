import { library } from '../../tsup.shared.ts';

export default library({
  index: 'src/index.ts',
  // Not for import: index starts it as a thread.
  'sealing-thread': 'src/threads/sealing-thread.ts',
});
