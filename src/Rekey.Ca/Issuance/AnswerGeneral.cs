using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Store;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>General messages (RFC 9483 section 4.3): CA certificates, root update, CRLs.</summary>
internal sealed class AnswerGeneral(IDbContextFactory<CaDbContext> contexts, CaIdentity identity, TimeProvider time)
{
    /// <summary>Answers a genm.</summary>
    /// <exception cref="CmpInvalidException">It asks for something else.</exception>
    public async Task<byte[]> AnswerAsync(VerifiedMessage from, CancellationToken cancel)
    {
        var header = CmpHeader.Answering(from.Message, time.GetUtcNow());
        switch (CmpRequests.General(from.Message))
        {
            case [CmpGeneralMessages.CaCertificates]:
                return CmpResponses.CaCertificates(identity.Signer.Chain.Skip(1), header, identity.Signer);
            case [CmpGeneralMessages.RootCaCertificate]:
                return CmpResponses.NothingNewer(CmpGeneralMessages.RootCaKeyUpdate, header, identity.Signer);
            case [CmpGeneralMessages.CrlStatusList or CmpGeneralMessages.CurrentCrl]:
                return CmpResponses.Crls(await CurrentCrlsAsync(cancel), header, identity.Signer);
            default:
                throw new CmpInvalidException(CmpFailure.BadRequest, "this kind of information is not given here");
        }
    }

    private async Task<IReadOnlyCollection<byte[]>> CurrentCrlsAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Crls.Where(c => c.Number == db.Crls.Where(o => o.IssuerId == c.IssuerId).Max(o => o.Number)).Select(c => c.Der).ToListAsync(cancel);
    }
}
