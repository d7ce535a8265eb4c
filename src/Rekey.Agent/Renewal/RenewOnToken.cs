using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Agent.Renewal;

/// <summary>
/// Renews a certificate on its token. Every step can be repeated and nothing is recorded but on the token, so a run that was cut
/// short anywhere is finished by running this again, here or on another computer: resuming is the normal path.
/// </summary>
internal sealed class RenewOnToken(IServiceLink service, TokenSet tokens, PinDialog pin, CmpTrust trust, TimeProvider clock)
{
    /// <summary>Between two requests to a CA that cannot answer now.</summary>
    public TimeSpan BusyPause { get; init; } = AskCa.BusyPause;

    /// <summary>Between two looks for a token that was pulled out.</summary>
    public TimeSpan LookInterval { get; init; } = Reinsertion.Interval;

    // Only spares a repetition within this run: after an unplug behind the commit nothing is left but to remove the old pair.
    private bool confirmed;

    /// <summary>Renews, waits through unplugging, and returns when the token is finished.</summary>
    /// <param name="command">What to renew.</param>
    /// <param name="survey">What is on the tokens.</param>
    /// <param name="cancel">Stops between two steps; the token stays as it is.</param>
    /// <exception cref="ProblemException">It stopped; the next run goes on.</exception>
    public async Task RunAsync(RenewCommand command, TokenSurvey survey, CancellationToken cancel)
    {
        if (survey.Find(command.CertSha256) is not ({ } place, { } certificate))
        {
            var finished = survey.Tokens.Any(t => IsFinished(TokenJournal.Read(t.Pairs).FirstOrDefault(r => r.RenewalId == command.RenewalId)));
            await (finished ? RetiredAsync(cancel) : throw new ProblemException(Problems.CertificateGone()));
            return;
        }

        await new Unplugging(service, tokens, clock, LookInterval).RunAsync(place, survey, command.KeyType, p => AttemptAsync(command, p, certificate, cancel), cancel);
    }

    private async Task AttemptAsync(RenewCommand command, TokenPlace place, byte[] certificate, CancellationToken cancel)
    {
        using var token = place.Module.Open(place.Info.Identity);

        // 1 Log in. Without it private keys do not show, and the journal is only half of it.
        await pin.LoginAsync(token, certificate, cancel);

        // 2 Read the journal: new or resumed?
        var pairs = token.ListPairs();
        var renewal = TokenJournal.Read(pairs).FirstOrDefault(r => r.RenewalId == command.RenewalId);
        var old = pairs.FirstOrDefault(p => p.Certificate.AsSpan().SequenceEqual(certificate));
        if (old is null)
        {
            // Removed, and only the answer to that was lost.
            await (IsFinished(renewal) ? RetiredAsync(cancel) : throw new ProblemException(Problems.CertificateGone()));
            return;
        }

        if (renewal is { Step: RenewalStep.Retiring } || (renewal is not null && confirmed))
        {
            await RetireAsync(token, pairs, old, command, cancel);
            return;
        }

        // 3 Key, request, certificate, proof, confirmation: the commit is the CA's.
        using var oldKey = new TokenSigningKey(token, old);
        using var half = await new BringCertificate(service, clock, BusyPause).RunAsync(token, pairs, Wanted(command, old, oldKey), cancel);
        confirmed = true;

        // 4 Retire the old signing pair, and of earlier renewals what nobody needs any more; the old encryption key stays.
        await RetireAsync(token, pairs, old, command, cancel);
        half?.ProveOld();
    }

    private WantedCertificate Wanted(RenewCommand command, TokenPair old, TokenSigningKey oldKey)
    {
        var certificate = old.Certificate!;
        return new(
            command.RenewalId,
            RenewalKeyId.Of(PairUse.Signing, command.RenewalId, certificate),
            RenewalKeyId.Of(PairUse.Encryption, command.RenewalId, certificate),
            old.Label,
            command.KeyType,
            command.Encryption,
            (transactionId, newKey, encryption) => new RenewalExchange(trust, certificate, oldKey, newKey, Convert.FromBase64String(command.Subject), transactionId, clock) { Encryption = encryption });
    }

    // The old certificate is removed last of all, behind the commit.
    private static bool IsFinished(TokenRenewal? renewal) => renewal is { Step: RenewalStep.Finished };

    private async Task RetireAsync(IToken token, IReadOnlyList<TokenPair> pairs, TokenPair old, RenewCommand command, CancellationToken cancel)
    {
        if (TidyUp.Run(token, pairs, old, command))
        {
            await RetiredAsync(cancel);
        }
    }

    // The last word of a renewal: a session that has heard it takes no more, also not the repetition after a lost answer.
    private async Task RetiredAsync(CancellationToken cancel)
    {
        try
        {
            await service.PostAsync(new AgentStepEvent(AgentStep.Retired), cancel);
        }
        catch (ProblemException e) when (e.Problem == Problems.OutOfOrder())
        {
            // heard before
        }
    }
}
