using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Bridge;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Documents;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Institutions;

/// <summary>Two who give download authorisations in an institution, with their keys.</summary>
internal sealed class Authorised
{
    private const string Maker = "YZ-OP-MAKER";
    private const string Checker = "YZ-OP-CHECKER";

    private readonly TestPki.Entity maker;
    private readonly TestPki.Entity checker;
    private readonly TimeProvider time;

    private Authorised(TestPki.Entity maker, TestPki.Entity checker, TimeProvider time) => (this.maker, this.checker, this.time) = (maker, checker, time);

    /// <summary>Profiles whose first certificates need an authorisation, which other holders of such give.</summary>
    public static string ByHoldersThemselves(string profiles) => profiles.Replace(
        $"  {InstitutionPlan.Profile}:\n", $"  {InstitutionPlan.Profile}:\n    authorisedBy: [{InstitutionPlan.Profile}]\n", StringComparison.Ordinal);

    /// <summary>Registers the two, with certificates.</summary>
    public static async Task<Authorised> EnrolAsync(Institution institution, IServiceProvider services, TimeProvider time) => new(
        await institution.EnrolSoftwareAsync(services, new("", Maker, Maker, 700, AlgorithmSuite.P256)),
        await institution.EnrolSoftwareAsync(services, new("", Checker, Checker, 700, AlgorithmSuite.P256)),
        time);

    /// <summary>An approved authorisation for a holder, who is registered if need be.</summary>
    /// <returns>Its codes.</returns>
    public async Task<CreateDownload> MakeAsync(IServiceProvider services, string holder, string name, Func<AuthorisationWish, AuthorisationWish>? change = null)
    {
        await RegisterAsync(services, holder, name);
        var wish = new AuthorisationWish(holder, InstitutionPlan.Profile, "证书已到期 412 天");
        var made = await services.GetRequiredService<MakeAuthorisation>().MakeAsync(change?.Invoke(wish) ?? wish, By(Maker), CancellationToken.None);
        var decide = services.GetRequiredService<DecideAuthorisation>();
        await decide.SignAsync(made.Id, By(Maker), Sign(maker, made.Document), CancellationToken.None);
        await decide.ApproveAsync(made.Id, By(Checker), Sign(checker, made.Document), CancellationToken.None);
        return new(made.Reference, made.Code.Reveal());
    }

    private static SignedInOperator By(string person) =>
        new(0, person, person, OperatorRole.Operator, OperatorDuties.CardMaking | OperatorDuties.Review, OperatorScope.All);

    private static async Task RegisterAsync(IServiceProvider services, string holder, string name)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync();
        if (await db.Subscribers.AnyAsync(s => s.StableId == holder))
        {
            return;
        }

        db.Subscribers.Add(new Subscriber
        {
            Kind = SubscriberKind.Organisation,
            StableId = holder,
            DisplayName = name,
            Subject = Subscriber.PlainSubject("CN", name, holder),
            ContactName = "李娜",
            ContactPhone = "0000-8696 1200",
            IdentityProvedAt = DateTimeOffset.UtcNow,
            RegisteredAt = DateTimeOffset.UtcNow,
        });
        await db.SaveChangesAsync();
    }

    private byte[] Sign(TestPki.Entity person, byte[] document) => DocumentSignature.Create(document, Certificate.FromDer(person.Der), person.Key, time.GetUtcNow());
}
