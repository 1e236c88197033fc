// A certified OpenID provider with its own pages, for one client: PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI.
// Its development pages take any name and any password; whoever types noor is noor@acme.example.
import Provider from "oidc-provider";

const { PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [REDIRECT_URI] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["only for tests"] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, name: `${sub[0].toUpperCase()}${sub.slice(1)} of Acme`, email: `${sub}@acme.example`, email_verified: true }),
  }),
});
const server = provider.listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
process.on("SIGTERM", () => server.close(() => process.exit(0)) && server.closeAllConnections());
