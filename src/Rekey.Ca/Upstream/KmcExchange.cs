using System.Security.Cryptography;
using Rekey.Ca.Issuance;
using Rekey.Ca.Issuers;
using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Upstream;

/// <summary>General messages to the key-management centre, and its answers, verified.</summary>
internal sealed class KmcExchange(CertificationAuthority ca, CaIdentity identity, TimeProvider time, IKmcUpstream? kmc = null)
{
    /// <summary>Whether this CA has a centre.</summary>
    public bool HasCentre => kmc is not null && ca.Kmc is not null;

    /// <summary>Tells what became of an order; the centre has taken it when this returns.</summary>
    /// <exception cref="KmcUnreachableException">No answer; telling it again is safe.</exception>
    /// <exception cref="CmpRefusedException">The centre refuses.</exception>
    /// <exception cref="CmpInvalidException">The answer is not the centre's to this question.</exception>
    public Task TellAsync(KeyNotice notice, CancellationToken ct) => AskAsync(notice.ToMessage, (answer, centre, question, now) =>
    {
        KmcMessages.RequireTaken(answer, centre, question, now);
        return true;
    }, ct);

    /// <summary>Asks.</summary>
    /// <param name="ask">Makes the question.</param>
    /// <param name="read">Reads and verifies the answer: the answer, the centre, the question, the present.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="KmcUnreachableException">No answer.</exception>
    /// <exception cref="CmpRefusedException">The centre refuses.</exception>
    /// <exception cref="CmpInvalidException">The answer is not the centre's to this question.</exception>
    public async Task<T> AskAsync<T>(Func<CmpHeader, CmpSigner, byte[]> ask, Func<CmpMessage, PinnedSigner, CmpMessage, DateTimeOffset, T> read, CancellationToken ct)
    {
        var centre = ca.Kmc!;
        var header = new CmpHeader(2, centre.Certificate.Subject.Encoded.ToArray(), RandomNumberGenerator.GetBytes(16), null, time.GetUtcNow());
        var question = CmpMessage.Parse(ask(header, identity.Signer));
        return read(CmpMessage.Parse(await kmc!.ExchangeAsync(question.Encoded.ToArray(), ct)), centre, question, time.GetUtcNow());
    }
}
