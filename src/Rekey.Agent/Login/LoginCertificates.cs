using System.Globalization;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Agent.Login;

/// <summary>A certificate that could log in.</summary>
/// <param name="Place">Its token.</param>
/// <param name="Der">The certificate.</param>
/// <param name="Read">The same, read.</param>
internal sealed record LoginCertificate(TokenPlace Place, byte[] Der, Certificate Read)
{
    /// <summary>Uses its key once, after the PIN.</summary>
    /// <param name="pin">Asks for the PIN.</param>
    /// <param name="use">What to do with the key.</param>
    /// <param name="cancel">Ends the windows.</param>
    /// <exception cref="ProblemException">The token refuses, or is gone.</exception>
    public async Task<T> UseAsync<T>(PinDialog pin, Func<ISigningKey, T> use, CancellationToken cancel)
    {
        try
        {
            using var token = Place.Module.Open(Place.Info.Identity);
            await pin.LoginAsync(token, Der, cancel);
            var pair = token.ListPairs().FirstOrDefault(p => p.Use == PairUse.Signing && p.Certificate.AsSpan().SequenceEqual(Der));
            using var key = new TokenSigningKey(token, pair is { HasPrivateKey: true } ? pair : throw new ProblemException(Problems.CertificateGone()));
            return use(key);
        }
        catch (TokenException e)
        {
            throw new ProblemException(TokenProblem.Of(e, Place.Module.Name), e);
        }
    }
}

/// <summary>Lets the holder choose a certificate, in windows: one alone is not asked about, the PIN window shows it.</summary>
internal sealed class LoginCertificates(TokenSet tokens, IUserPrompt prompt, AgentTexts texts, string origin)
{
    /// <summary>Asks.</summary>
    /// <param name="survey">What is on the tokens.</param>
    /// <param name="issuers">Names (DER, base64) of the CAs that the site accepts; empty for any.</param>
    /// <param name="cancel">Ends the windows.</param>
    /// <exception cref="ProblemException">There is none, or all were declined.</exception>
    public async Task<LoginCertificate> ChooseAsync(TokenSurvey survey, IReadOnlyList<string> issuers, CancellationToken cancel)
    {
        var found = await LookAsync(survey, s => Usable(s, issuers), Problems.NoLoginCertificate(), cancel);
        for (var i = 0; found.Count > 1 && i < found.Count; i++)
        {
            if (await prompt.ConfirmAsync(Question(found[i], i + 1, found.Count), cancel))
            {
                return found[i];
            }
        }

        return found.Count == 1 ? found[0] : throw new ProblemException(Problems.ConsentDeclined());
    }

    /// <summary>The one that a site names; asks for its key while it is not there.</summary>
    /// <param name="survey">What is on the tokens.</param>
    /// <param name="sha256">SHA-256 of it, lower-case hex.</param>
    /// <param name="cancel">Ends the windows.</param>
    /// <exception cref="ProblemException">It is not there.</exception>
    public async Task<LoginCertificate> FindAsync(TokenSurvey survey, string sha256, CancellationToken cancel) =>
        (await LookAsync(survey, s => [.. Usable(s, []).Where(c => Convert.ToHexStringLower(c.Read.Sha256) == sha256)], Problems.CertificateGone(), cancel))[0];

    private async Task<IReadOnlyList<LoginCertificate>> LookAsync(
        TokenSurvey survey, Func<TokenSurvey, IReadOnlyList<LoginCertificate>> look, Problem notThere, CancellationToken cancel)
    {
        var found = look(survey);
        while (found.Count == 0)
        {
            var none = survey.Tokens.Count == 0 ? Problems.NoToken() : notThere;
            if (!await prompt.ConfirmAsync(new(texts.Product, texts.Full(none), texts.LookAgain, texts.Cancel), cancel))
            {
                throw new ProblemException(none);
            }

            tokens.LookAgain();
            survey = tokens.Survey();
            found = look(survey);
        }

        return found;
    }

    // Expired ones too: the site says since when, and what to do. The one that lasts longest comes first.
    internal static IReadOnlyList<LoginCertificate> Usable(TokenSurvey survey, IReadOnlyList<string> issuers) =>
    [
        .. survey.Tokens.SelectMany(t => t.Pairs
                .Where(p => p.Use == PairUse.Signing && p.HasPrivateKey is not false && p.Certificate is not null)
                .Select(p => Read(t.Place, p.Certificate!)).OfType<LoginCertificate>())
            .Where(c => issuers.Count == 0 || issuers.Contains(Convert.ToBase64String(c.Read.Issuer.Encoded.Span)))
            .OrderByDescending(c => c.Read.NotAfter),
    ];

    private static LoginCertificate? Read(TokenPlace place, byte[] der)
    {
        try
        {
            var read = Certificate.FromDer(der);
            return !read.IsCa && (read.KeyUsage ?? KeyUsages.DigitalSignature).HasFlag(KeyUsages.DigitalSignature) && read.PublicKey.Suite is not null
                ? new(place, der, read)
                : null;
        }
        catch (Exception e) when (e is MalformedException or UnsupportedKeyException)
        {
            return null; // a strange one of another system hides no other
        }
    }

    private PromptText Question(LoginCertificate one, int number, int count)
    {
        var read = one.Read;
        var (holder, issuer) = (Name(read.Subject), Name(read.Issuer));
        var expires = DateOnly.FromDateTime(read.NotAfter.LocalDateTime).ToString("O", CultureInfo.InvariantCulture);
        var text = texts.LoginChoice(
            origin, number.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture), holder, issuer, read.SerialHex, expires,
            $"{one.Place.Info.Label} ({one.Place.Info.Identity.SerialNumber})");
        return new(texts.Product, text, texts.LoginChoiceOk, texts.LoginChoiceNext);
    }

    private static string Name(DistinguishedName name) => name.Find(Oids.CommonName) ?? name.ToString();
}
