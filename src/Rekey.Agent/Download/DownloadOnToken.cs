using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Agent.Renewal;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Agent.Download;

/// <summary>
/// Downloads to a token what was authorised: the renewal's sister, without an old certificate. The journal is the token here, too, so a run
/// that was cut short is finished by running this again under the same download.
/// </summary>
internal sealed class DownloadOnToken(IServiceLink service, TokenSet tokens, PinDialog pin, CmpTrust trust, TimeProvider clock)
{
    /// <summary>Between two requests to a CA that cannot answer now.</summary>
    public TimeSpan BusyPause { get; init; } = AskCa.BusyPause;

    /// <summary>Between two looks for a token that was pulled out.</summary>
    public TimeSpan LookInterval { get; init; } = Reinsertion.Interval;

    // Only spares a repetition within this run: behind the commit there is nothing left to do on the token.
    private bool confirmed;

    /// <summary>Downloads, waits through unplugging, and returns when the token is finished.</summary>
    /// <param name="command">What to download, and where to.</param>
    /// <param name="survey">What is on the tokens.</param>
    /// <param name="cancel">Stops between two steps; the token stays as it is.</param>
    /// <exception cref="ProblemException">It stopped; the next run goes on.</exception>
    public async Task RunAsync(DownloadCommand command, TokenSurvey survey, CancellationToken cancel)
    {
        var place = survey.Find(command.Token)?.Place ?? throw new ProblemException(Problems.TokenRemoved());
        await new Unplugging(service, tokens, clock, LookInterval).RunAsync(place, survey, command.KeyType, p => AttemptAsync(command, p, cancel), cancel);
    }

    private async Task AttemptAsync(DownloadCommand command, TokenPlace place, CancellationToken cancel)
    {
        if (confirmed)
        {
            return;
        }

        using var token = place.Module.Open(place.Info.Identity);
        var holder = HolderOf(command.Subject);

        // 1 Log in. The window names whom the certificate is for, and the token.
        await pin.LoginForAsync(token, holder, cancel);

        // 2 Key, request, certificate, proof, confirmation: the commit is the CA's. The journal tells how far an earlier run came.
        using var half = await new BringCertificate(service, clock, BusyPause).RunAsync(token, token.ListPairs(), Wanted(command, holder), cancel);
        confirmed = true;
    }

    private WantedCertificate Wanted(DownloadCommand command, string holder) => new(
        command.DownloadId,
        RenewalKeyId.OfDownload(PairUse.Signing, command.DownloadId),
        RenewalKeyId.OfDownload(PairUse.Encryption, command.DownloadId),
        holder,
        command.KeyType,
        command.Encryption,
        (transactionId, newKey, encryption) =>
            new DownloadExchange(trust, command.Reference, Convert.FromBase64String(command.Secret), newKey, Convert.FromBase64String(command.Subject), transactionId, clock) { Encryption = encryption });

    private static string HolderOf(string subject)
    {
        var name = DistinguishedName.FromDer(Convert.FromBase64String(subject));
        return name.Find(Oids.CommonName) ?? name.Find(Oids.OrganizationName) ?? name.ToString();
    }
}
