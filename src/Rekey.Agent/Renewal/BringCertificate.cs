using System.Security.Cryptography;
using Rekey.Agent.Bridge;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Agent.Renewal;

/// <summary>What a renewal or a download wants on the token.</summary>
/// <param name="ActId">Its id, 16 octets, lower-case hex.</param>
/// <param name="SigningId">What names the signing pair on the token.</param>
/// <param name="EncryptionId">What names the encryption pair.</param>
/// <param name="Label">For people.</param>
/// <param name="KeyType">Suite name of the key to generate.</param>
/// <param name="Encryption">The encryption half; null for a certificate alone.</param>
/// <param name="Exchange">Makes the exchange with the CA: from transactionID, new key and what is asked for beside it.</param>
internal sealed record WantedCertificate(
    string ActId, RenewalKeyId SigningId, RenewalKeyId EncryptionId, string Label, string KeyType, EncryptionHalfCommand? Encryption,
    Func<byte[], ISigningKey, EncryptionRequest?, CertificateExchange> Exchange);

/// <summary>
/// From a key pair to a confirmed certificate: what renewal and download have in common. Every step can be repeated, and nothing is recorded
/// but on the token.
/// </summary>
internal sealed class BringCertificate(IServiceLink service, TimeProvider clock, TimeSpan busyPause)
{
    private const int TransactionIdLength = 16;
    private const int ChallengeLength = 32;

    /// <summary>Brings it.</summary>
    /// <param name="token">Logged in.</param>
    /// <param name="pairs">What is on it.</param>
    /// <param name="wanted">What is wanted.</param>
    /// <param name="cancel">Stops between two steps; the token stays as it is.</param>
    /// <returns>The encryption half, for its owner to dispose of; null for a certificate alone.</returns>
    /// <exception cref="ProblemException">It stopped; the next run goes on.</exception>
    public async Task<EncryptionOnToken?> RunAsync(IToken token, IReadOnlyList<TokenPair> pairs, WantedCertificate wanted, CancellationToken cancel)
    {
        foreach (var debris in pairs.Where(TokenJournal.IsDebris))
        {
            token.DeletePair(debris.Id);
        }

        EncryptionOnToken.DemandTaken(token.GetInfo(), wanted.KeyType, wanted.Encryption);

        // 1 The key pair. Its id on the token is the intent made durable: from here on any computer can go on.
        var begun = TokenJournal.Read(pairs).FirstOrDefault(r => r.RenewalId == wanted.ActId);
        var pair = begun is null || TokenJournal.IsDebris(begun.New) ? await GenerateAsync(token, wanted, cancel) : begun.New;
        if (pair is not { HasPrivateKey: true, IsGenuine: true, Spki: not null })
        {
            throw new ProblemException(Problems.KeyNotGenuine());
        }

        await StepAsync(AgentStep.KeyReady, cancel);
        using var newKey = new TokenSigningKey(token, pair);
        var half = EncryptionOnToken.Begin(token, pairs, wanted.Encryption, wanted.EncryptionId, wanted.Label, pair);
        try
        {
            // 2 Ask the CA. The same key always gets the same certificate; the transaction of a resumed run is a new one (rule R3).
            var (ca, issued) = await AskAsync(begun is null ? Convert.FromHexString(wanted.ActId) : NewTransaction());

            // 3 Write it, the encryption half first. The same octets twice leave one object.
            await StepAsync(AgentStep.Writing, cancel);
            half?.Write(ca.IssuedEncryption!);
            token.WriteCertificate(pair.Id, pair.Label, issued.Span);
            await StepAsync(AgentStep.Written, cancel);

            // 4 Read it back and prove that the token signs with it, and opens with both encryption keys, before anyone is told to rely on it.
            Prove(token, pair.Id, issued);
            half?.Prove(ca.IssuedEncryption!);
            await StepAsync(AgentStep.Verified, cancel);

            // 5 COMMIT: the CA's, with its pkiConf. Durable: the new certificate counts. A crash before leaves a working pair and an unconfirmed
            // certificate, a crash after leaves a working pair; either way the next run sends request and certConf again and gets the same
            // answers. Only behind this line may anything be removed.
            await ca.ConfirmAsync(Ended, cancel);
            return half;
        }
        catch
        {
            half?.Dispose();
            throw;
        }

        async Task<(AskCa Ca, ReadOnlyMemory<byte> Issued)> AskAsync(byte[] transactionId)
        {
            var ca = new AskCa(wanted.Exchange(transactionId, newKey, half?.Request), service, clock, busyPause);
            try
            {
                return (ca, await ca.ForCertificateAsync(Ended, cancel));
            }
            catch (ProblemException e) when (begun is null && Convert.ToHexStringLower(transactionId) == wanted.ActId && e.Problem == Problems.CmpRefused(nameof(CmpFailure.TransactionIdInUse)))
            {
                return await AskAsync(NewTransaction()); // an earlier run asked in that transaction, for a key that is no longer here
            }
        }

        void Ended()
        {
            half?.Remove();
            token.DeletePair(pair.Id);
        }
    }

    private static byte[] NewTransaction() => RandomNumberGenerator.GetBytes(TransactionIdLength);

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

    private async Task<TokenPair> GenerateAsync(IToken token, WantedCertificate wanted, CancellationToken cancel)
    {
        if (!AlgorithmSuite.TryParse(wanted.KeyType, out var suite))
        {
            throw new ProblemException(Problems.TokenCannotGenerate(wanted.KeyType));
        }

        await StepAsync(AgentStep.KeyGenerating, cancel);
        return token.GenerateSigningPair(wanted.SigningId.ToBytes(), wanted.Label, suite);
    }

    private Task StepAsync(AgentStep step, CancellationToken cancel) => service.PostAsync(new AgentStepEvent(step), cancel);
}
