import { accounts } from "./features/accounts/index.ts";
import { chat } from "./features/chat/index.ts";
import { encryption } from "./features/encryption/index.ts";
import { files } from "./features/files/index.ts";
import { notifications } from "./features/notifications/index.ts";
import { people } from "./features/people/index.ts";
import { push } from "./features/push/index.ts";
import { reactions } from "./features/reactions/index.ts";
import { search } from "./features/search/index.ts";
import { system } from "./features/system/index.ts";
import type { Feature } from "./feature.ts";

/** All features. Each may import those above it, and of them only their `index.ts`. */
export const features: readonly Feature[] = [
  accounts,
  files,
  chat,
  people,
  encryption,
  search,
  notifications,
  reactions,
  push,
  system,
];

for (const { extensions = [] } of features) for (const one of extensions) one.add();
