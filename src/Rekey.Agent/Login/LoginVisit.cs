using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Agent.Login;

/// <summary>
/// One login, from attaching to the return page. Nothing of it goes back to the page that began: who that is, nobody here can know. The
/// token is signed for the origin of the launch address, goes to that origin alone, and what came of it waits behind a one-time code that
/// is told to this computer's browser only.
/// </summary>
/// <param name="bridge">The site.</param>
/// <param name="tokens">All tokens.</param>
/// <param name="prompts">The windows, in a language.</param>
/// <param name="browser">What opens the return page.</param>
internal sealed class LoginVisit(BridgeClient bridge, TokenSet tokens, Func<string, IUserPrompt> prompts, ReturnBrowser browser)
    : SiteVisit(bridge, tokens, SessionPurpose.Login)
{
    private readonly BridgeClient bridge = bridge;
    private readonly TokenSet tokens = tokens;

    private static string AppVersion => $"rekey-agent/{AgentVersion.Text}";

    /// <inheritdoc/>
    protected override async Task DoAsync(Attached session, Task<TokenSurvey> early, CancellationToken cancel)
    {
        var texts = AgentTexts.In(session.Language);
        var prompt = prompts(session.Language);

        // 1 Consent: to this site, for a login.
        await bridge.PostAsync(new ConsentAskedEvent(), cancel);
        var question = new PromptText(texts.Product, texts.LoginConsent(session.Institution, bridge.Origin, Spaced(session.CheckCode)), texts.ConsentOk, texts.ConsentCancel);
        if (!await prompt.ConfirmAsync(question, cancel))
        {
            throw new ProblemException(Problems.ConsentDeclined());
        }

        // 2 The challenge: its five minutes begin here, and whose certificates the site accepts.
        var challenge = await bridge.ChallengeAsync(cancel);

        // 3 Which certificate; chosen here and not on the page, which learns no name.
        var chosen = await new LoginCertificates(tokens, prompt, texts, bridge.Origin).ChooseAsync(await early, challenge.Issuers, cancel);

        // 4 PIN and signature, for the site that this program was launched for.
        var pin = new PinDialog(prompt, texts, session.Institution, bridge.Origin, e => bridge.PostAsync(e, cancel), SessionPurpose.Login);
        var token = await chosen.UseAsync(pin, key => LoginToken.Sign(key, chosen.Der, bridge.Origin, challenge.Nonce, AppVersion), cancel);

        // 5 To the site, and from there by this computer's browser to whoever sits in front of it.
        var answer = await bridge.ReturnAsync(new(challenge.Nonce, token), cancel);
        browser.Open($"{bridge.Origin}/rekey/return#{answer.Code}");
    }
}
