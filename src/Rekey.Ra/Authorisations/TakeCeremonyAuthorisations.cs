using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Download;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;

namespace Rekey.Ra.Authorisations;

/// <summary>
/// Takes over what the CA's ceremony gave: registers the first administrators, the first as super administrator and the second as audit
/// administrator, and opens their codes. The CA believes these documents because its own store knows them, not because the RA has them.
/// </summary>
internal sealed class TakeCeremonyAuthorisations(Acts<RaDbContext> acts, AppointOperator appoint, TimeProvider time)
{
    /// <summary>What stands as maker and decider of such an authorisation.</summary>
    public const string Ceremony = "ceremony";

    private static readonly OperatorRole[] Roles = [OperatorRole.SuperAdministrator, OperatorRole.AuditAdministrator];

    /// <summary>Takes them. What is there already stays as it is, so a repetition is harmless.</summary>
    /// <param name="file">From the CA's host.</param>
    /// <param name="actor">Who, for the audit log.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="Pki.Certificates.MalformedException">A document is none.</exception>
    /// <exception cref="Contract.Problems.ProblemException">One of them has another role, or is no registered person.</exception>
    public async Task TakeAsync(CeremonyFile file, string actor, CancellationToken cancel)
    {
        foreach (var (person, place) in file.People.Select((p, i) => (p, i)))
        {
            var document = AuthorisationDocument.Parse(person.Document);
            await RegisterAsync(person.Name, document, actor, cancel);
            if (place < Roles.Length && !await HasRoleAsync(document.SubscriberId, Roles[place], cancel))
            {
                await appoint.AppointAsync(document.SubscriberId, new(Roles[place], OperatorDuties.None, OperatorScope.All), null, actor, cancel);
            }
        }
    }

    private async Task<bool> HasRoleAsync(string person, OperatorRole role, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        return await act.Db.Operators.AnyAsync(o => o.Subscriber.StableId == person && o.Role == role && o.State != OperatorState.Removed, cancel);
    }

    private async Task RegisterAsync(string name, AuthorisationDocument document, string actor, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var sha256 = document.Sha256();
        if (await act.Db.Authorisations.AnyAsync(a => a.DocumentSha256 == sha256, cancel))
        {
            return;
        }

        var now = time.GetUtcNow();
        var subscriber = await act.Db.Subscribers.SingleOrDefaultAsync(s => s.StableId == document.SubscriberId, cancel);
        if (subscriber is null)
        {
            subscriber = new Subscriber
            {
                Kind = SubscriberKind.Person,
                StableId = document.SubscriberId,
                DisplayName = name,
                Subject = document.Subject,
                IdentityProvedAt = now,
                RegisteredAt = now,
            };
            act.Db.Subscribers.Add(subscriber);
        }

        var row = new Authorisation
        {
            Reference = document.Reference,
            Subscriber = subscriber,
            Document = document.Encode(),
            DocumentSha256 = sha256,
            CodeHash = document.CodeHash,
            Profile = document.Profile,
            ExpiresAt = document.ExpiresAt,
            State = AuthorisationState.Approved,
            Maker = Ceremony,
            MadeAt = now,
            Decider = Ceremony,
            DecidedAt = now,
        };
        act.Db.Authorisations.Add(row);
        act.Record(MakeAuthorisation.Entry("authorisation.taken-from-ceremony", document.SubscriberId, row) with { Actor = actor });
        await act.CommitAsync(cancel);
    }
}
