using System.Security.Cryptography;
using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
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
    /// <summary>A library may say "removed" for any fault; a holder who is asked for the PIN this often has learnt nothing new.</summary>
    private const int MaxRemovals = 10;

    private const int TransactionIdLength = 16;
    private const int ChallengeLength = 32;

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

        for (var removals = 0; ; removals++)
        {
            try
            {
                await AttemptAsync(command, place, certificate, cancel);
                return;
            }
            catch (TokenException e) when (removals < MaxRemovals && Reinsertion.IsUnplugged(e, tokens, place))
            {
                await service.PostAsync(new RemovedEvent(place.Info.Identity.SerialNumber), cancel);
                var before = survey.Tokens.Select(t => t.Place.Info.Identity);
                place = await new Reinsertion(tokens, service, clock, LookInterval).WaitAsync(place.Info.Identity, before, cancel);
            }
            catch (TokenException e)
            {
                throw new ProblemException(TokenProblem.Of(e, place.Module.Name, AlgorithmSuite.TryParse(command.KeyType, out var suite) ? suite : null), e);
            }
        }
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

        foreach (var debris in pairs.Where(TokenJournal.IsDebris))
        {
            token.DeletePair(debris.Id);
        }

        EncryptionOnToken.DemandTaken(token.GetInfo(), command);
        using var oldKey = new TokenSigningKey(token, old);

        // 3 The key pair. Its id on the token is the intent made durable: from here on any computer can go on.
        var pair = renewal is null || TokenJournal.IsDebris(renewal.New) ? await GenerateAsync(token, command, old, cancel) : renewal.New;
        if (pair is not { HasPrivateKey: true, IsGenuine: true, Spki: not null })
        {
            throw new ProblemException(Problems.KeyNotGenuine());
        }

        await StepAsync(AgentStep.KeyReady, cancel);
        using var newKey = new TokenSigningKey(token, pair);
        using var half = EncryptionOnToken.Begin(token, pairs, command, old, pair);

        // 4 Ask the CA. The same key always gets the same certificate; the transaction of a resumed run is a new one (rule R3).
        var ca = Asking(renewal is null ? Convert.FromHexString(command.RenewalId) : RandomNumberGenerator.GetBytes(TransactionIdLength));
        ReadOnlyMemory<byte> issued;
        try
        {
            issued = await ca.ForCertificateAsync(Ended, cancel);
        }
        catch (ProblemException e) when (renewal is null && e.Problem == Problems.CmpRefused(nameof(CmpFailure.TransactionIdInUse)))
        {
            // An earlier run asked in that transaction, for a key that is no longer here.
            ca = Asking(RandomNumberGenerator.GetBytes(TransactionIdLength));
            issued = await ca.ForCertificateAsync(Ended, cancel);
        }

        // 5 Write it, the encryption half first. The same octets twice leave one object.
        await StepAsync(AgentStep.Writing, cancel);
        half?.Write(ca.IssuedEncryption!);
        token.WriteCertificate(pair.Id, pair.Label, issued.Span);
        await StepAsync(AgentStep.Written, cancel);

        // 6 Read it back and prove that the token signs with it, and opens with both encryption keys, before anyone is told to rely on it.
        Prove(token, pair.Id, issued);
        half?.Prove(ca.IssuedEncryption!);
        await StepAsync(AgentStep.Verified, cancel);

        // 7 COMMIT: the CA's, with its pkiConf. Durable: the renewal is confirmed. A crash before leaves two working pairs and an
        // unconfirmed certificate, a crash after leaves two working pairs; either way the next run sends kur and certConf again and
        // gets the same answers. Only behind this line may anything be removed.
        await ca.ConfirmAsync(Ended, cancel);
        confirmed = true;

        // 8 Retire the old signing pair, and of earlier renewals what nobody needs any more; the old encryption key stays.
        await RetireAsync(token, pairs, old, command, cancel);
        half?.ProveOld();

        AskCa Asking(byte[] transactionId) => new(
            new RenewalExchange(trust, certificate, oldKey, newKey, Convert.FromBase64String(command.Subject), transactionId, clock) { Encryption = half?.Request },
            service, clock, BusyPause);

        void Ended()
        {
            half?.Remove();
            token.DeletePair(pair.Id);
        }
    }

    // The old certificate is removed last of all, behind the commit.
    private static bool IsFinished(TokenRenewal? renewal) => renewal is { Step: RenewalStep.Finished };

    private async Task<TokenPair> GenerateAsync(IToken token, RenewCommand command, TokenPair old, CancellationToken cancel)
    {
        if (!AlgorithmSuite.TryParse(command.KeyType, out var suite))
        {
            throw new ProblemException(Problems.TokenCannotGenerate(command.KeyType));
        }

        await StepAsync(AgentStep.KeyGenerating, cancel);
        return token.GenerateSigningPair(RenewalKeyId.Of(PairUse.Signing, command.RenewalId, old.Certificate).ToBytes(), old.Label, suite);
    }

    private static void Prove(IToken token, byte[] id, ReadOnlyMemory<byte> certificate)
    {
        var read = token.ListPairs().FirstOrDefault(p => p.Id.AsSpan().SequenceEqual(id));
        var challenge = RandomNumberGenerator.GetBytes(ChallengeLength);
        var key = Certificate.FromDer(certificate).PublicKey;
        if (read is not { HasPrivateKey: true, Certificate: { } der }
            || !der.AsSpan().SequenceEqual(certificate.Span)
            || !key.Verify(key.Suite.SignatureOid, challenge, token.Sign(id, key.Suite, challenge)))
        {
            throw new ProblemException(Problems.ReadBackFailed());
        }
    }

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
            await StepAsync(AgentStep.Retired, cancel);
        }
        catch (ProblemException e) when (e.Problem == Problems.OutOfOrder())
        {
            // heard before
        }
    }

    private Task StepAsync(AgentStep step, CancellationToken cancel) => service.PostAsync(new AgentStepEvent(step), cancel);
}
