using System.Security.Cryptography.X509Certificates;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Tokens;

namespace Rekey.Agent.Prompts;

/// <summary>
/// Logs the holder in to a token. A wrong PIN is asked again while the token leaves more than one try; the last try is used only if the
/// holder confirms that in a window of its own.
/// </summary>
internal sealed class PinDialog(IUserPrompt prompt, AgentTexts texts, string institution, string origin, Func<AgentEvent, Task> report, SessionPurpose purpose = SessionPurpose.Renew)
{
    /// <summary>Asks and logs in.</summary>
    /// <param name="token">An open token.</param>
    /// <param name="certificate">DER of the certificate that the PIN is for; shown in the window.</param>
    /// <param name="cancel">Ends the window.</param>
    /// <exception cref="ProblemException">Locked, cancelled, or stopped before the last try.</exception>
    /// <exception cref="TokenException">Any other fault.</exception>
    public Task LoginAsync(IToken token, byte[] certificate, CancellationToken cancel) => LoginAsync(token, info => Describe(info, certificate), cancel);

    /// <summary>Asks and logs in for a download: there is no certificate yet.</summary>
    /// <param name="token">An open token.</param>
    /// <param name="holder">Whom the certificate is for; shown in the window.</param>
    /// <param name="cancel">Ends the window.</param>
    /// <exception cref="ProblemException">Locked, cancelled, or stopped before the last try.</exception>
    /// <exception cref="TokenException">Any other fault.</exception>
    public Task LoginForAsync(IToken token, string holder, CancellationToken cancel) =>
        LoginAsync(token, info => texts.DownloadPin(institution, origin, holder, NameOf(info)), cancel);

    private async Task LoginAsync(IToken token, Func<TokenInfo, string> describe, CancellationToken cancel)
    {
        Problem? wrong = null;
        while (true)
        {
            var info = token.GetInfo();
            await StopBeforeLockAsync(info, cancel);
            await report(new PinAskedEvent());
            if (info.PinPad)
            {
                token.Login([]);
                return;
            }

            using var pin = await prompt.GetPinAsync(Question(info, describe(info), wrong), cancel) ?? throw new ProblemException(Problems.PinCancelled());
            if (pin.Value.IsEmpty)
            {
                continue; // an empty PIN would mean a keypad to the token, or cost a try
            }

            // What cannot be right is not tried: whether the token would count it as wrong, nobody knows.
            wrong = info.PinRules?.WhyNot(pin.Value);
            if (wrong is not null)
            {
                continue;
            }

            try
            {
                token.Login(pin.Value);
                return;
            }
            catch (TokenException e) when (e.Fault == TokenFault.PinWrong)
            {
                wrong = e.TriesLeft is { } left ? Problems.PinWrong(left) : Problems.PinWrong();
                await report(new PinWrongEvent(e.TriesLeft));
            }
            catch (TokenException e) when (e.Fault == TokenFault.PinNotPossible)
            {
                wrong = Problems.PinNotPossible();
            }
            catch (TokenException e) when (e.Fault == TokenFault.PinLocked)
            {
                throw new ProblemException(Problems.PinLocked(), e);
            }
        }
    }

    private async Task StopBeforeLockAsync(TokenInfo info, CancellationToken cancel)
    {
        if (info.Tries == PinTries.Locked || info.TriesLeft == 0)
        {
            throw new ProblemException(Problems.PinLocked());
        }

        if (info.Tries == PinTries.Last || info.TriesLeft == 1)
        {
            var warning = new PromptText(texts.Product, texts.Full(Problems.PinLastTry()), texts.LastTryOk, texts.Cancel);
            if (!await prompt.ConfirmAsync(warning, cancel))
            {
                throw new ProblemException(Problems.PinLastTry());
            }
        }
    }

    private PromptText Question(TokenInfo info, string description, Problem? wrong)
    {
        var error = wrong is not null ? $"{wrong.Title(texts.Culture)} {wrong.Action(texts.Culture)}"
            : info.Tries == PinTries.Low ? texts.PinTriesLow
            : null;
        return new(texts.Product, description, texts.Ok, texts.Cancel, texts.PinPrompt, error);
    }

    private string Describe(TokenInfo info, byte[] der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return texts.Pin(
            purpose,
            institution,
            origin,
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            certificate.SerialNumber,
            DateOnly.FromDateTime(certificate.NotAfter).ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            NameOf(info));
    }

    private static string NameOf(TokenInfo info) => $"{info.Label} ({info.Identity.SerialNumber})";
}
