using System.Management.Automation;
using PancreasSeg.Common;

namespace PancreasSeg.Tests.Common;

public class ErrorsTests
{
    public static TheoryData<Fault> Faults => [.. Enum.GetValues<Fault>()];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Every_fault_has_its_id_category_target_and_advice(Fault fault)
    {
        ErrorRecord error = Errors.Record(new CoreException(fault, "what happened", "from core", "what to do"), "from the cmdlet");
        Assert.Equal(fault.ToString(), error.FullyQualifiedErrorId);
        Assert.NotEqual(ErrorCategory.NotSpecified, error.CategoryInfo.Category);
        Assert.Equal(("from core", "what happened", "what to do"),
            (error.TargetObject, error.ErrorDetails.Message, error.ErrorDetails.RecommendedAction));
    }

    [Fact]
    public void The_target_of_the_cmdlet_serves_where_core_names_none() =>
        Assert.Equal("from the cmdlet", Errors.Record(new CoreException(Fault.GridInvalid, "x"), "from the cmdlet").TargetObject);

    [Theory]
    [InlineData(typeof(OutOfMemoryException), "OutOfMemory", ErrorCategory.ResourceUnavailable)]
    [InlineData(typeof(ArgumentNullException), "UnexpectedError", ErrorCategory.NotSpecified)]
    [InlineData(typeof(InvalidCastException), "UnexpectedError", ErrorCategory.NotSpecified)]
    public void Other_exceptions_have_an_id_and_advice(Type type, string id, ErrorCategory category)
    {
        ErrorRecord error = Errors.Record((Exception)Activator.CreateInstance(type)!, "t");
        Assert.Equal((id, category, "t"), (error.FullyQualifiedErrorId, error.CategoryInfo.Category, error.TargetObject));
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void What_ends_a_pipeline_is_no_failure()
    {
        Assert.False(Errors.IsFailure(new PipelineStoppedException()));
        Assert.True(Errors.IsFailure(new IOException()));
    }
}
