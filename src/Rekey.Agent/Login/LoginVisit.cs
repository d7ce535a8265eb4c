using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

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
{
    private static string AppVersion => $"rekey-agent/{AgentVersion.Text}";

    /// <summary>Carries the login out.</summary>
    /// <returns>Null when it came to the return page, or was ended by page or server; else what the page was told.</returns>
    /// <exception cref="ProblemException">The site could not be attached to, or was lost.</exception>
    public async Task<Problem?> RunAsync(string ticket, CancellationToken cancel)
    {
        var (session, _) = await bridge.AttachAsync(ticket, AgentVersion.Text, TimeProvider.System, cancel);
        if (session.Purpose != SessionPurpose.Login)
        {
            throw new ProblemException(Problems.LaunchRefused());
        }

        await using var pump = new CommandPump(bridge, cancel);
        var early = Task.Run(tokens.Survey, CancellationToken.None); // reads while the consent window is open; nothing is told at all
        Problem problem;
        try
        {
            await LogInAsync(session, early, pump.Ended);
            return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return pump.Problem;
        }
        catch (ProblemException e) when (CommandPump.IsEnd(e.Problem))
        {
            return null;
        }
        catch (ProblemException e)
        {
            problem = e.Problem;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            problem = Incident.Record(e);
        }
        finally
        {
            await early;
        }

        await TellAsync(problem, cancel);
        return problem;
    }

    private async Task TellAsync(Problem problem, CancellationToken cancel)
    {
        try
        {
            await bridge.PostAsync(new FailedEvent(WireProblem.Of(problem)), cancel);
        }
        catch (ProblemException e) when (CommandPump.IsEnd(e.Problem))
        {
            // Over already; nobody listens.
        }
    }

    private async Task LogInAsync(Attached session, Task<TokenSurvey> early, CancellationToken cancel)
    {
        var texts = AgentTexts.In(session.Language);
        var prompt = prompts(session.Language);

        // 1 Consent: to this site, for a login.
        await bridge.PostAsync(new ConsentAskedEvent(), cancel);
        var code = session.CheckCode.Length == 6 ? $"{session.CheckCode[..3]} {session.CheckCode[3..]}" : session.CheckCode;
        var question = new PromptText(texts.Product, texts.LoginConsent(session.Institution, bridge.Origin, code), texts.ConsentOk, texts.ConsentCancel);
        if (!await prompt.ConfirmAsync(question, cancel))
        {
            throw new ProblemException(Problems.ConsentDeclined());
        }

        // 2 The challenge: its five minutes begin here, and whose certificates the site accepts.
        var challenge = await bridge.ChallengeAsync(cancel);

        // 3 Which certificate; chosen here and not on the page, which learns no name.
        var chosen = await new LoginCertificates(tokens, prompt, texts, bridge.Origin).ChooseAsync(await early, challenge.Issuers, cancel);

        // 4 PIN and signature, for the site that this program was launched for.
        var token = await SignAsync(chosen, challenge.Nonce, session, texts, prompt, cancel);

        // 5 To the site, and from there by this computer's browser to whoever sits in front of it.
        var answer = await bridge.ReturnAsync(new(challenge.Nonce, token), cancel);
        browser.Open($"{bridge.Origin}/rekey/return#{answer.Code}");
    }

    private async Task<LoginToken> SignAsync(
        LoginCertificate chosen, string nonce, Attached session, AgentTexts texts, IUserPrompt prompt, CancellationToken cancel)
    {
        try
        {
            using var token = chosen.Place.Module.Open(chosen.Place.Info.Identity);
            var pin = new PinDialog(prompt, texts, session.Institution, bridge.Origin, e => bridge.PostAsync(e, cancel), SessionPurpose.Login);
            await pin.LoginAsync(token, chosen.Der, cancel);
            var pair = token.ListPairs().FirstOrDefault(p => p.Use == PairUse.Signing && p.Certificate.AsSpan().SequenceEqual(chosen.Der));
            using var key = new TokenSigningKey(token, pair is { HasPrivateKey: true } ? pair : throw new ProblemException(Problems.CertificateGone()));
            return LoginToken.Sign(key, chosen.Der, bridge.Origin, nonce, AppVersion);
        }
        catch (TokenException e)
        {
            throw new ProblemException(TokenProblem.Of(e, chosen.Place.Module.Name), e);
        }
    }
}
