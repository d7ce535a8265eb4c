using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rekey.Agent.Bridge;
using Rekey.Agent.Login;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Documents;

namespace Rekey.Agent.Signing;

/// <summary>
/// One signature under a document of a site. The document comes here and is hashed here; the person reads the very text that is signed, in
/// windows outside the browser, before the PIN is asked. No site can have a hash signed.
/// </summary>
/// <param name="bridge">The site.</param>
/// <param name="tokens">All tokens.</param>
/// <param name="prompts">The windows, in a language.</param>
/// <param name="clock">The time that the signature claims.</param>
internal sealed class SignVisit(BridgeClient bridge, TokenSet tokens, Func<string, IUserPrompt> prompts, TimeProvider clock)
    : SiteVisit(bridge, tokens, SessionPurpose.Sign)
{
    private readonly BridgeClient bridge = bridge;
    private readonly TokenSet tokens = tokens;

    /// <inheritdoc/>
    protected override async Task DoAsync(Attached session, Task<TokenSurvey> early, CancellationToken cancel)
    {
        var texts = AgentTexts.In(session.Language);
        var prompt = prompts(session.Language);

        // 1 What is to be signed.
        var wanted = await bridge.DocumentAsync(cancel);
        var document = Read(wanted, out var text);

        // 2 Consent: to this site, for this document, which is shown whole.
        await bridge.PostAsync(new ConsentAskedEvent(), cancel);
        await ShowAsync(session, wanted.Name, document, text, prompt, texts, cancel);

        // 3 The certificate of whoever is logged in there, and no other.
        var chosen = await new LoginCertificates(tokens, prompt, texts, bridge.Origin).FindAsync(await early, wanted.CertSha256, cancel);

        // 4 PIN and signature.
        var pin = new PinDialog(prompt, texts, session.Institution, bridge.Origin, e => bridge.PostAsync(e, cancel), SessionPurpose.Sign);
        var signature = await chosen.UseAsync(pin, key => DocumentSignature.Create(document, chosen.Read, key, clock.GetUtcNow()), cancel);
        await bridge.SignatureAsync(new(Convert.ToBase64String(signature)), cancel);
    }

    private static byte[] Read(DocumentToSign wanted, out string text)
    {
        try
        {
            var document = Convert.FromBase64String(wanted.Document);
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(document);
            if (document.Length is > 0 and <= DocumentToSign.MaxLength && wanted.Name.Length is > 0 and <= DocumentToSign.MaxName && TextPages.IsPlain(text) && TextPages.IsPlain(wanted.Name) && !wanted.Name.Contains('\n'))
            {
                return document;
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // as for any other that cannot be shown
        }

        throw new ProblemException(Problems.DocumentNotShown());
    }

    private async Task ShowAsync(Attached session, string name, byte[] document, string text, IUserPrompt prompt, AgentTexts texts, CancellationToken cancel)
    {
        var digest = string.Join(' ', Convert.ToHexString(SHA256.HashData(document)).Chunk(8).Select(c => new string(c)));
        var size = document.Length.ToString(CultureInfo.InvariantCulture);
        var pages = TextPages.Of(text);
        List<PromptText> windows =
        [
            new(texts.Product, texts.SignConsent(session.Institution, bridge.Origin, Spaced(session.CheckCode), name, size, digest), texts.SignRead, texts.ConsentCancel),
            .. pages.Select((page, i) => new PromptText(
                texts.Product,
                texts.SignPage(name, (i + 1).ToString(CultureInfo.InvariantCulture), pages.Count.ToString(CultureInfo.InvariantCulture), page),
                i + 1 < pages.Count ? texts.SignNext : texts.SignOk,
                texts.ConsentCancel)),
        ];
        foreach (var window in windows)
        {
            if (!await prompt.ConfirmAsync(window, cancel))
            {
                throw new ProblemException(Problems.ConsentDeclined());
            }
        }
    }
}
