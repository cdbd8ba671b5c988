import { databaseContract } from "./database.ts";
import { sqlite } from "./sqlite.ts";

databaseContract("SQLite", sqlite());
