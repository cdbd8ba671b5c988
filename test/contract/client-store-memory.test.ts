import { MemoryStore } from "../../src/client/sdk/store/memory.ts";
import { clientStoreContract } from "./client-store.ts";

clientStoreContract("memory", () => {
  let store: MemoryStore | undefined;
  return {
    open: async (patience) => (store ??= new MemoryStore(patience)),
    async [Symbol.asyncDispose]() {},
  };
});
